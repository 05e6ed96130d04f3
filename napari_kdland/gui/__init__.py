"""The napari plugin: the only room that knows Qt, napari and magicgui."""
