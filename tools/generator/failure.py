class Failure(Exception):
    """Something in the input that the generator refuses to guess about."""
