"""From a folder of submissions to a gradebook: release, grade, feedback.

The way of a submission, one module a step:

    course        where things lie, and the limits: nbgrader_config.py, read without nbgrader
    intake        everything below submitted/, opened safely -> a student's cells, and what belongs to nobody
                  (tree, archives, kinds: files; names: people; beside: modules and data; moment: time stamps)
    overlay       those cells laid over the release's -> what to run, and where to judge
    job           bytes in, bytes out: run the cells in a sandbox, judge in place of the test cells
    workers       processes that do jobs, as a `concurrent.futures.Executor`
    ledger        what was graded, and with what: only what changed is graded again
    gradebook     nbgrader's database, one commit a submission
    late          penalties that follow every change of a mark or a date
    batch         all of it, for a class
"""
