"""Word of decisions and alerts to the outside: signed webhooks and mail, kept until delivered or given up.

Fed by services/bookings and by alerts on the broker. Feeds programs and people who asked to be told. Pure: `records`
(who wants what), `schedule` (when to try again), `signing` (Standard Webhooks), `addresses` (where a webhook may go),
`letters` (mail). `store` keeps subscriptions, `outbox` what is to be delivered, `queries` finds what is new; `webhooks`
and `mail` send, `courier` does it all.
"""
