"""A local AWS on loopback, made of real parts.

ministack is the main endpoint (Lambda with the real bootstrap, EventBridge, Scheduler, SNS, SQS, S3, CloudWatch, Secrets
Manager). RDS, DocumentDB and AWS Backup are moto's wire protocol with our own resources behind it, and behind every
PostgreSQL resource stands a real PostgreSQL server with TLS, WAL archiving and point-in-time recovery.

`python -m lifeboat_local serve --state FILE` starts one stack; FILE then says where everything is. The map:

    __main__, stack, janitor        start, state file, stop; nothing stays behind
    ministack_main, proxy           the main endpoint and the fault layer in front of it
    plugin, wire, faults, control   the RDS endpoint, the call log, faults, the control API
    world, knobs, clock, views      what exists, how fast it moves, how it is described
    rds_*, documents, events        the API operations of RDS and DocumentDB
    backup, backup_*                those of AWS Backup
    postgres, vault, tls            the servers, their backups, their certificates
    master_secret                   RDS-managed passwords in Secrets Manager
"""
