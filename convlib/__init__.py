"""The kernels of a convolutional network, and what a learner builds with them."""
