"""From labelled rows to a trained model: batches, the training loop, the baseline, and the run that joins them."""
