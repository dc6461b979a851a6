"""A local AWS on loopback, made of real parts.

ministack is the main endpoint (Lambda with the real bootstrap, EventBridge, Scheduler, SNS, SQS, S3, CloudWatch, Secrets
Manager). RDS, DocumentDB and AWS Backup are moto's wire protocol with our own resources behind it, and behind every
PostgreSQL resource stands a real PostgreSQL server with TLS, WAL archiving and point-in-time recovery.

`python -m lifeboat_local serve --state FILE` starts one stack; FILE then says where everything is. The map:

    __main__, stack, janitor        start, state file, stop; nothing stays behind
    ministack_main, proxy           the main endpoint and the fault layer in front of it
    plugin, wire, faults, control   the RDS endpoint, the call log, faults, the control API
    control_account, seeds, throttle    the rest of it: snapshots, rates, quotas, keys, metrics, jobs
    world, knobs, clock, views      what exists, how fast it moves, how it is described
    rds_*, documents, events        the API operations of RDS and DocumentDB
    announce                        what RDS and AWS Backup tell EventBridge
    keys, metrics, metric_pages     KMS keys that RDS names, values that AWS measures, GetMetricData as AWS limits it
    backup, backup_*                those of AWS Backup
    postgres, vault, tls            the servers, their backups, their certificates
    master_secret                   RDS-managed passwords in Secrets Manager

What it cannot do, or does otherwise than AWS:

    one account only                nothing is shared with it, and no copy is made out of another account
    snapshots                       a copy of a cluster's snapshot is full and takes as long as it is told; deleting its source
                                    meanwhile does it no harm. Copies of one source do not queue. A deletion is done at once
    quotas                          those of manual snapshots and of copies under way hold; the others are only told
    exports                         no Parquet: the list of the export, and a sign of success; no limit of five at a time; an export
                                    whose snapshot is deleted meanwhile stays IN_PROGRESS
    seeded snapshots                have nothing in them: a restore of one ends as incompatible-restore
    Neptune                         only as seeded snapshots
    rates                           of RDS, DocumentDB and AWS Backup only, and only those that a test sets
    metrics                         only those that a test writes or that Lifeboat sends; no math in GetMetricData, and its old query form
                                    has no pages
    keys                            nothing is encrypted; a disabled key hinders copies and exports, no restore and no database
    AWS Backup                      plans run nothing and locks hinder nothing; jobs are those that a test made, and restores. A vault
                                    that is not there is ResourceNotFoundException; AWS may say AccessDeniedException
    EventBridge                     is told of RDS, of seeded jobs of AWS Backup and of the ends of restore jobs, at once and once
"""
