"""From a folder of submissions to a gradebook.

The way of a submission, one module a step:

    intake            everything below submitted/, opened safely -> a student's cells, and what is nobody's
                      (tree, archives: files; supporting_files: modules and data; timestamps)
    recognize         which lesson a file is of: by its name or its cells
    packing           those cells over the release's -> a job; a job's result -> an autograded notebook
    job               bytes in, bytes out: run the cells in a sandbox, judge in place of the test cells
    locating          where the fault lies in wrong answers, once all is judged: lines to show, no points
    workers           processes that do jobs, as a `concurrent.futures.Executor`
    cache             what was graded, and with what: only what changed is graded again
    verdicts          what the judge said of each submission, for the class report
    late              penalties that follow every change of a mark or a date
    batch             all of it, for a class
"""
