"""A notebook as data, whoever wrote it.

file_kinds        what a file is, by what is in it
reading           bytes -> a notebook of bounded size, and back
merge             a student's cells merged with the release's: what to run, and where to judge
written_answers   written answers, also those outside their cells
solution_marks    what stands between nbgrader's marks, and the stub in its place
sanitize          markup and text of which nothing acts on a page or a terminal
node              the notebook as nbformat has it in memory
"""
