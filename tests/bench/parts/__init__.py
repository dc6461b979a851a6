"""The parts of the bench.

Of the tick:

    scene        what there is to see: the record, the policy, RDS's answers, the event
    fake_aws     S3 and RDS over TLS on loopback, as a process of its own
    runtime_api  Lambda's Runtime API, for one process
    process      a bootstrap: started, timed, its CPU and memory read, ended

Of the clean-up and the check:

    cleanup, checkup   the two contests: variants, rivals, bars
    contest            who takes part, a run of one of them, the table
    child, launch      a program that runs once: its time, CPU and memory
    fleet              what a large account holds, as a few numbers
    fleet_aws          that account over TLS on loopback, as a process of its own; fleet_process is the bench's end of it
    fleet_rds          its RDS; fleet_rest everything else of it
    bucket             how it throttles
    cbor               the format that SDKs speak with CloudWatch

Of all:

    cap          the CPU of a 128 MB Lambda
    report       table, bars, JSON
"""
