"""What is true: facts -> forecasts -> stage -> occasions; the managers' view of the base."""
