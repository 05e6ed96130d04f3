"""DICOM: from a file, however old or odd, to one radiograph or one clear error."""
