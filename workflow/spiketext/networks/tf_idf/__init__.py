"""Logistic regression on TF-IDF."""
