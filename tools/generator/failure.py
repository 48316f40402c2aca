class Failure(Exception):
    """An input that the generator cannot interpret with certainty."""
