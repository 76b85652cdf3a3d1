"""Sites, spaces, devices, supply windows, policy and people, in the relational database.

Fed by community files and staff. Feeds the gateway, the scheduler and the API. `tables` is the schema, `store` and
`people` the adapters, `cached` and `view` what the others look things up in, `openings`, `windows` and `availability`
when a space is there, `communityfile` the way out.
"""
