"""Background work: one table, and one way to claim, renew and release its rows, for every room above.

To add a kind of work, write a handler in a module `jobs.py` of your room; modules of that name are found automatically:

    from django.utils.translation import gettext_lazy as _
    from catalog.jobs.handle import Handle
    from catalog.jobs.registry import job

    @job("records.spread", _("Standing of what is below a record"), tries=5)
    def spread(handle: Handle) -> None:
        for done, batch in enumerate(batches_of(int(handle.key)), start=1):
            write(batch)                        # a short transaction of its own
            handle.progress(done, total)        # renews the claim; raises if the work must end here

and enqueue it INSIDE the transaction that makes it necessary, so that there is never one without the other:

    with transaction.atomic():
        record.save()
        enqueue("records.spread", key=str(record.pk), by=actor)

What a handler can rely on, and what it must do:

- It runs at least once, and never in two workers at the same time. After a kill it runs again from its beginning, so it
  must find out by itself what is already done.
- A `key` prevents duplicates: while a job of that kind and key waits, enqueueing it again adds nothing. Enqueueing it
  while one runs adds one more, which starts when the first has ended: so changes that the first did not see are not
  missed.
- `payload` is small JSON without any name that a person typed: jobs are stored for weeks and shown to staff.
- An exception means "try again", after growing pauses, up to `tries` times in a row without progress; then the job has
  failed, which the desk shows with a button. A locked database and a full disk are tried again without end.
  `raise GivenUp(gettext_noop("sentence"))` fails at once with that sentence; `raise Later(seconds)` waits without
  counting as an attempt.
- `daily_at=2` makes a kind run once a day, from that hour on (time of the site), without being enqueued.
- `lane` is a thread of the worker: kinds of one lane wait for each other. "default" is for minutes, "files" for hours,
  "slow" for work that is throttled on purpose.
- `given_up` is called with the job when it ends as failed or stopped, so that the room can show it on its own pages.

In tests `settings.JOBS_AT_ONCE` runs a job inside `enqueue`; with it off, `running.run_all_due()` runs what waits.

`Claimable` is for rooms that work on rows of their own (pages to be read): it gives their table the same claims.
`leases.hold` is for what only one process may do at a time (writing the search index).
"""
