"""A local AWS on loopback, made of real parts.

ministack is the main endpoint (Lambda with the real bootstrap, EventBridge, Scheduler, SNS, SQS, S3, CloudWatch, Secrets
Manager). RDS, DocumentDB and AWS Backup are moto's wire protocol with our own resources behind it, and behind every
PostgreSQL resource stands a real PostgreSQL server with TLS, WAL archiving and point-in-time recovery.

`python -m lifeboat_local serve --state FILE` starts one stack; FILE then says where everything is. The map:

    __main__, stack, janitor        start, state file, stop; nothing stays behind
    ministack_words, _schedules     what ministack tells too little of, and does not know of schedules
    ministack_main, proxy           the main endpoint and the fault layer in front of it
    plugin, wire, faults, control   the RDS endpoint, the call log, faults, the control API
    control_account, seeds, throttle    the rest of it: snapshots, rates, quotas, keys, metrics, jobs
    control_recovery                and of databases that are lost: their end, their data, proxies, jobs of Glue
    world, knobs, clock, views      what exists, how fast it moves, how it is described
    rds_*, documents, events        the API operations of RDS and DocumentDB
    glue                            runs of Glue's jobs
    job                             `python -m lifeboat_local.job wipe ...`: a job that ruins a database
    announce                        what RDS and AWS Backup tell EventBridge
    keys, metrics, metric_pages     KMS keys that RDS names, values that AWS measures, GetMetricData as AWS limits it
    backup, backup_*                those of AWS Backup
    postgres, port, vault, tls      the servers, their ports, their backups, their certificates
    master_secret                   RDS-managed passwords in Secrets Manager

What it cannot do, or does otherwise than AWS:

    one account only                nothing is shared with it, and no copy is made out of another account
    snapshots                       a copy of a cluster's snapshot is full and takes as long as it is told; deleting its source
                                    meanwhile does it no harm. Copies of one source do not queue. A deletion is done at once
    quotas                          those of manual snapshots, of copies under way and of roles hold; those of clusters and instances
                                    where a test said one; the others are only told
    exports                         no Parquet: the list of the export, and a sign of success; no limit of five at a time; an export
                                    whose snapshot is deleted meanwhile stays IN_PROGRESS
    seeded snapshots                have nothing in them: a restore of one ends as incompatible-restore
    Neptune                         only as seeded snapshots
    rates                           of RDS, DocumentDB and AWS Backup only, and only those that a test sets
    metrics                         only those that a test writes or that Lifeboat sends; no math in GetMetricData, and its old query form
                                    has no pages
    keys                            nothing is encrypted; a disabled key hinders copies, exports and restores, and strands a restore under
                                    way; a database that is there stays as it is
    settings                        are kept and shown, and nothing more: no group, role or key has to be there, except that roles are not
                                    added twice. A Modify takes them at once, whatever ApplyImmediately says; only a new identifier waits
                                    for it, and then for ever. Windows that RDS would choose are always 03:00 and sun:05:00
    restores                        lose what AWS documents as lost and what it does not promise to keep: windows, storage type, IOPS,
                                    autoscaling. A restore that is told no port gets any free one, also where AWS would take the source's
    ports                           a port that several databases have is on another loopback address (127.0.0.2 ...) for each; after
                                    sixteen any free port has to do
    renames                         nothing restarts; names that were just given up can be had at once, and DNS does not lag
    proxies                         nobody listens on them, and no engine family has to fit; a target is healthy when its instance is up.
                                    Which rows have a health, and that a renamed target stays one, was not seen on AWS
    read replicas                   are a list that a test writes (POST /upkeep); none can be made
    Glue                            jobs are what a test said ran: GetJobRuns and GetJobRun only; ministack's own jobs are not among them
    settled data                    (POST /settled) a restore into the time it stands for brings what was there when it was said
    AWS Backup                      plans run nothing and locks hinder nothing; jobs are those that a test made, and restores. A vault
                                    that is not there is ResourceNotFoundException; AWS may say AccessDeniedException
    IAM                             asked with --enforce-iam only, and never about RDS and AWS Backup
    EventBridge                     is told of RDS, of seeded jobs of AWS Backup and of the ends of restore jobs, at once and once
"""
