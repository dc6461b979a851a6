"""The parts of the bench.

    scene        what there is to see: the record, the policy, RDS's answers, the event
    fake_aws     S3 and RDS over TLS on loopback, as a process of its own
    runtime_api  Lambda's Runtime API, for one process
    process      a bootstrap: started, timed, its CPU and memory read, ended
    cap          the CPU of a 128 MB Lambda
    report       table, bars, JSON
"""
