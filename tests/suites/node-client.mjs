#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Asks a game server by two clients that were not written for left4me: gamedig and rcon-srcds from npm.
// Usage: node-client.mjs query PORT                       prints JSON
//        node-client.mjs rcon PORT PASSWORD COMMAND…      prints the answers
// $TIMEOUT: milliseconds that gamedig waits for an answer, of two tries (20000).

import { createRequire } from "node:module";

const packages = createRequire("/usr/lib/left4me-clients/");
const [what, port, password, ...commands] = process.argv.slice(2);
const host = "127.0.0.1";

async function query() {
        const { GameDig } = await import(packages.resolve("gamedig"));
        return JSON.stringify(
                await GameDig.query({
                        type: "l4d2",
                        host,
                        port: Number(port),
                        givenPortOnly: true,
                        requestRules: true,
                        requestRulesRequired: true,
                        requestPlayersRequired: true,
                        socketTimeout: Number(process.env.TIMEOUT ?? 20000),
                        maxRetries: 1,
                }),
                null,
                1,
        );
}

async function rcon() {
        const { default: Rcon } = packages("rcon-srcds");
        const session = new Rcon({ host, port: Number(port), encoding: "utf8", timeout: 20000 });
        const answers = [];
        await session.authenticate(password);
        for (const command of commands) answers.push(await session.execute(command));
        session.disconnect();
        return answers.join("");
}

try {
        console.log(await (what === "query" ? query() : rcon()));
} catch (e) {
        console.error(`node-client: ${e.message}`);
        process.exitCode = 1;
}
