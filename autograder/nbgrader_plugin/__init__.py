"""What nbgrader runs of ours: the classes that nbgrader_config.py names, and what they are made of.

preprocessors     the two steps of `nbgrader autograde` that are ours
pages             feedback and formgrader pages in which nothing acts
feedback          the pages of a class, from its gradebook
export            `nbgrader export`, with penalties up to date
tex               formulas as MathML
"""
