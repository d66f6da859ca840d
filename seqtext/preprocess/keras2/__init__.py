"""The text preprocessing of Keras 2, which Keras 3 no longer offers."""
