"""What students sent, wherever it lies, into submitted/ (`autograder collect`).

sources           a folder, a clone, a zip, nbgrader's exchange, opened safely
downloads         what an LMS's file names say: who, which try, when
senders           whose it is, looked up in the roster
handed_in         when it was handed in (clones: by the last commit)
collect           the newest try of each student and lesson; what has no place is listed
placing           into submitted/, whole or not at all; older tries are kept
"""
