"""What can go wrong, in the user's words.

::

    KdlandError
    |- ImageError            one file cannot become a radiograph
    |  |- UnreadableImage      damaged, cut short, or not an image at all
    |  |- MissingDecoder       whole, but the decoder for its compression is not installed
    |  |- UnsupportedImage     whole, but not one plain radiograph (multi-frame, colour, empty, ...)
    |  |- ChangedImage         whole, but not the image that the project took in
    |- SchemeError           a scheme that cannot be used, or the wrong one
    |- RecipeError           a recipe that cannot be used
    |- AnnotationError       annotations from outside that do not fit the project
    |- ProjectError          a project folder that cannot be opened or written
    |  |- NewerProject         made by a newer version of the program
    |  |- ProjectBusy          its training queue is held by another process
    |- TrainingError         a training that cannot start or had to stop
    |  |- NonFiniteLoss        a loss became NaN or infinite
    |  |- OutOfMemory          the device has no room for the batch
    |- RunError              a run that is missing, damaged or does not fit
    |- UsageError            an argument that names nothing that exists

Every message says what happened, where, what was found, and what to do.
"""


class KdlandError(Exception):
    """Something that the user can understand and mend; never a bug."""


class ImageError(KdlandError):
    """One file cannot become a radiograph."""


class UnreadableImage(ImageError):
    """The file is damaged, cut short, or no image at all."""


class MissingDecoder(ImageError):
    """The file is whole, but the decoder for its compression is not installed."""


class UnsupportedImage(ImageError):
    """The file is whole, but it is not one plain radiograph."""


class ChangedImage(ImageError):
    """The file is whole, but its pixels are no longer those that the project took in."""


class SchemeError(KdlandError):
    """A scheme that cannot be used, or that does not fit the project."""


class RecipeError(KdlandError):
    """A recipe that cannot be used."""


class AnnotationError(KdlandError):
    """Annotations from outside that do not fit the project."""


class ProjectError(KdlandError):
    """A project folder that cannot be opened or written."""


class NewerProject(ProjectError):
    """The project was made by a newer version of the program."""


class ProjectBusy(ProjectError):
    """The project's training queue is held by another process."""


class TrainingError(KdlandError):
    """A training that cannot start or had to stop."""


class NonFiniteLoss(TrainingError):
    """A loss became NaN or infinite."""


class OutOfMemory(TrainingError):
    """The device has no room for the batch."""


class RunError(KdlandError):
    """A run that is missing, damaged, or does not fit."""


class UsageError(KdlandError):
    """An argument that names nothing that exists."""
