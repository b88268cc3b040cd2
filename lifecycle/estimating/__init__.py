"""From many histories to the numbers of a calibration. The only place of the lifecycle that uses numpy and scipy.

Pure functions over facts, run by the monthly refit and never by a request: nothing else imports this.
"""
