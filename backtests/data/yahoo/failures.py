"""What keeps a request to Yahoo from giving prices; neither leaves the package."""


class NothingThereError(Exception):
    """Yahoo has no such prices; asking again would not help."""


class PassingError(Exception):
    """Something that may pass; asking again can help."""
