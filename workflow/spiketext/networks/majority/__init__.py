"""The majority class."""
