"""Background work: one table, one way to claim, renew and give back, for every room above.

To add a kind of work, write it in a module called `jobs.py` of your room; modules of that name are found by themselves:

    from django.utils.translation import gettext_lazy as _
    from catalog.jobs.handle import Handle
    from catalog.jobs.registry import job

    @job("records.spread", _("Standing of what is below a record"), tries=5)
    def spread(handle: Handle) -> None:
        for done, batch in enumerate(batches_of(int(handle.key)), start=1):
            write(batch)                        # a short transaction of its own
            handle.progress(done, total)        # renews the claim; raises where the work must end here

and ask for it INSIDE the transaction that makes it necessary, so that there is never one without the other:

    with transaction.atomic():
        record.save()
        enqueue("records.spread", key=str(record.pk), by=actor)

What a handler can rely on, and what it must keep to:

- It is run at least once, never by two workers at the same time. After a kill it is run again from its beginning, so it
  must
  find out by itself what is done already.
- A `key` makes the work one: as long as a job of that kind and key waits, asking again adds nothing. Asking while one
  is
  running adds one more, which is begun when the first has ended: what was written after the first looked is not missed.
- `payload` is small JSON, and holds no name that a person typed: jobs are kept for weeks and shown to staff.
- An exception means "try again", after a pause that grows, up to `tries` times in a row without headway; then the job
  has
  failed, which the desk shows with a button. A locked database and a full disk are tried again without end.
  `raise GivenUp(gettext_noop("sentence"))` fails at once with that sentence; `raise Later(seconds)` waits without
  counting.
- `daily_at=2` has a kind run once a day, from that hour on (time of the site), with nobody asking.
- `lane` is a thread of the worker: kinds of one lane wait for each other. "default" is for minutes, "files" for hours,
  "slow" for what is throttled on purpose.
- `given_up` is called with the job when it ends as failed or stopped, so that the room can say so on its own pages.

In tests `settings.JOBS_AT_ONCE` runs a job inside `enqueue`; with it off, `running.run_all_due()` runs what waits.

`Claimable` is for rooms that keep rows of their own to work on (pages to be read): the same claim, renewal and taking
up again, on their table. `leases.hold` is for what only one process may do at a time (writing the search index).
"""
