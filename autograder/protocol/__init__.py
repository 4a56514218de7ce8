"""What is asked of a learner's functions and what came back: the one language on both sides of the sandbox.

calls             scripts of calls, and the answers, as plain values
running           the calls made: a learner's functions bounded, the course's own as they are
candidates        changed texts of a function, run in a copy of the learner's names
deadline          a time limit on a call, on every platform
codec             scripts and answers as bytes, read as if an enemy had written them
named_functions   functions that may be passed by name
"""
