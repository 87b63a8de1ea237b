"""The report of a study whose data sets ask for a value: losses in the place of accuracies."""
