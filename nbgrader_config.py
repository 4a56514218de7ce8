"""The course's settings, read by every nbgrader command, by the formgrader and by `autograder`."""

from autograder.course.settings import configure

c = get_config()  # noqa: F821
configure(c)

c.CourseDirectory.course_id = "convcourse"

# What one submission may use (see `autograder.course.course.Grading` for the rest), for example:
# c.Grading.answer_seconds = 10.0
# c.Grading.memory_mb = 1024
# The time to look for the lines at fault in wrong answers without a name; 0 turns the search off:
# c.Grading.locate_seconds = 5.0
# Images of the lesson's own cells are not drawn again for each student, unless:
# c.Grading.render_unchanged_figures = True
