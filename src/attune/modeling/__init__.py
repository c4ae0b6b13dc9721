"""What the steps that make and judge a model share: curriculum, encoding, training results, the model registry."""
