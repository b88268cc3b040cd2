"""A believable dealer group of two stores, generated from a seed: for trying, testing and measuring."""
