"""A course on disk.

course            where its things lie, and the limits: nbgrader_config.py, read without nbgrader
settings          `configure(c)`: what every course's nbgrader_config.py sets
release           sources -> what students get
assignment        a lesson as it was released
gradebook         nbgrader's database, one commit a submission
roster            who takes part: your own list, or an LMS's gradebook or worksheet
people            names as they are written, ids as nbgrader needs them
cells             a table of text in which a few cells change and every other byte stays
lms               gradebooks of learning management systems: whose a row is, which columns take points
who               students of the gradebook found in another list, by id, else by name
refusals          what a system refuses, in words
"""
