"""The other half of a device, kept on our side: how it should be set up, and which of its readings never arrived.

Fed by staff (desired configurations) and the gateway's care (gaps in the sequence numbers, what devices answered).
Feeds care, which queues the commands, and everybody who asks what is waited for and what is lost.
"""
