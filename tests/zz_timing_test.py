import time
from datetime import date
import pytest
from support.readings import *
from support.rows import Rows
async def test_timing(start_server):
    seen=[]
    server = await serve_metrics(start_server)
    rows, r = Rows(server.host), Readings(server.host)
    a = await rows.linked(await rows.profile(), platform="chirp", scopes=("read",))
    for m in ("VIEWS","REACH","FOLLOWERS"):
        for month in range(1,13):
            await r.read(a, m, 1, date(2025, month, 28))
    await server.host.database.fetch("INSERT INTO metric_snapshot SELECT 1, 0, m, date '2025-01-01' + d, timestamptz '2026-01-01 00:00Z', 1, 'SUPPORTED', 1 FROM unnest(ARRAY['VIEWS','REACH','FOLLOWERS']) m, generate_series(0, 364) d ON CONFLICT DO NOTHING")
    c = await server.client()
    q='{ socialAccounts { nodes { metrics(names: [%s], from: "2025-01-01", to: "2025-12-31") { name points { day value availability complete } } } } }'
    for names in ("VIEWS","VIEWS, REACH, FOLLOWERS"):
        ts=[]
        for _ in range(8):
            t=time.perf_counter(); await c.ask(q % names); ts.append(time.perf_counter()-t)
        print(names, [round(x*1000,1) for x in ts])
    assert 0
