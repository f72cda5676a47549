// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Loads the scenario files that are named on the command line, which declare their tests as they are
// loaded; node:test runs them in this order, one after the other, and prints TAP.

for (const file of process.argv.slice(2))
        await import(`./scenarios/${file}`);
