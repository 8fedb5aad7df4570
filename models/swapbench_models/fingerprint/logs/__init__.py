"""Logs: from files to the rows of each user; and logs of people who do not exist, to try that on."""
