-- SPDX-License-Identifier: LGPL-2.1-or-later
--
-- Makes wrk say what it measured in one line: requests a second, median and 99th percentile of the
-- latency in microseconds, answers that were no 2xx or 3xx, connections that failed.

function done(summary, latency)
        local errors = summary.errors
        print(string.format("report %.0f %d %d %d %d",
                summary.requests / summary.duration * 1000000,
                latency:percentile(50), latency:percentile(99), errors.status,
                errors.connect + errors.read + errors.write + errors.timeout))
end
