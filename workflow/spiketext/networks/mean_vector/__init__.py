"""Logistic regression on mean word vectors."""
