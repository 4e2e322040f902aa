"""
What Instagram delivers about a person: signed requests, under the Instagram app's secret (meta sheet 7, confirmed).

They name the person by the app-scoped id, which is the grant's subject. One team never saw a deauthorization
arrive: the API's errors are the signal to rely on.
"""

from __future__ import annotations

from linkroll_meta.callbacks import DataDeletion, Deauthorize

DEAUTHORIZE = Deauthorize(
    "Enter it under Instagram > Business login settings as the Deauthorize Callback URL."
)
DATA_DELETION = DataDeletion(
    "Enter it under Instagram > Business login settings as the Data Deletion Request URL."
)
