"""What an exercise is, as data: cases, requirements, ways and bugs.

Authors import it from `autograder.authoring`.
"""
