"""
The truth of the sandbox: what every account has published, and its numbers at any moment.

Nothing of it is stored. A post and a number are pure functions of the account, the slot in its
schedule, the metric and the moment, so every run of the sandbox tells the same story for any position
of the clock; only what a test publishes or deletes is kept (`changes.py`). The stand-ins turn this
truth into their platform's words; `GET /_control/truth` tells it as it is.

    account = accounts.named(world.cast, "tiktok", "marabakes")         Account, or None
    account = accounts.of(tiktok_account)                               from an item of the cast
    library.posts(world, account, since, until)                         list[Post], newest first, no stories
    library.stories(world, account, since, until), library.live_stories(world, account)
    library.find(world, account, post_id)                               Post, or None
    post.id  post.url  post.kind  post.text  post.published_at  post.ends_at  post.seconds
    numbers.post_total(post, "views", at)                               what it has gathered by then
    numbers.account_day(account, "views", day)                          one whole Pacific day
    numbers.account_total(account, "followers", at)                     a running total, or a state
    numbers.POST_METRICS, numbers.DAY_METRICS, numbers.TOTAL_METRICS    the names they know
    days.day_of(at), days.start_of(day)                                 the Pacific calendar

Moments are Unix seconds, days are `datetime.date`s of the Pacific calendar. A post never shows before
its `published_at`, whatever the `until`. The numbers of an account are not the sums of its posts'
numbers: a platform also counts older and deleted ones.
"""
