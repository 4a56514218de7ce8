"""What an author of exercises needs: everything public is here.

An exercise is a page: the right function as a learner would write it, what earns points below it, and then
what people write instead.

    from autograder.authoring import Draw, case, exercise

    @exercise(lesson="90_my_lesson", hint="Two comparisons do.")
    def clip(x, low, high):
        return np.minimum(np.maximum(x, low), high)

    @clip.requirement("values that are too large", points=1)
    def _(draw):
        yield case(draw.array(3, 4), -9.0, 0.5)

    clip.bug(
        "upper_end_ignored",
        "np.minimum(np.maximum(x, low), high)", "np.maximum(x, low)",
        "Your values can be larger than `high`.",
        ask="What should become of 7 when high is 5?",
    )
"""

from autograder.authoring.validate import validate
from autograder.model.bugs import CommonBug, integer_result, modifies, on_result, returns_nothing
from autograder.model.cases import Array, Case, Draw, case, counting, table
from autograder.model.exercise import FILTERS, INPUTS_KEPT, MAPS, VOLUME, Exercise, exercise
from autograder.model.patches import PatchError
from autograder.protocol.calls import Call, NamedFunction, PreviousResult, SeededRng
from autograder.protocol.named_functions import named_functions

__all__ = [
    "FILTERS",
    "INPUTS_KEPT",
    "MAPS",
    "VOLUME",
    "Array",
    "Call",
    "Case",
    "CommonBug",
    "Draw",
    "Exercise",
    "NamedFunction",
    "PatchError",
    "PreviousResult",
    "SeededRng",
    "case",
    "counting",
    "exercise",
    "integer_result",
    "modifies",
    "named_functions",
    "on_result",
    "returns_nothing",
    "table",
    "validate",
]
