/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "cvar.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

Cvar cvar_table[] = {
        { "coop", "0", "Cooperative play.", true, NULL },
        { "deathmatch", "1", "Running a deathmatch server.", true, NULL },
        { "decalfrequency", "10", "Seconds between sprays of one player.", true, NULL },
        { "director_no_specials", "0", "The director spawns no special infected.", false, NULL },
        { "fps_max", "300", "Frame rate limiter.", false, NULL },
        { "god", "0", "All survivors are invulnerable.", true, NULL },
        { "hostname", "Left 4 Dead 2", "Name of the server.", false, NULL },
        { "hostport", "27015", "Port of the server.", false, NULL },
        { "hostip", "0", "Address of the server as a number.", false, NULL },
        { "l4d_multiinstance", "0", "Several servers share this machine.", true, NULL },
        { "maxplayers", "8", "Highest number of players.", false, NULL },
        { "motd_enabled", "1", "Show the message of the day.", true, NULL },
        { "mp_allowspectators", "1", "Spectators may join.", true, NULL },
        { "mp_autocrosshair", "0", "Automatic crosshair.", true, NULL },
        { "mp_autoteambalance", "1", "Keep the teams of equal size.", true, NULL },
        { "mp_c4timer", "45", "Seconds until the bomb goes off.", true, NULL },
        { "mp_disable_autokick", "0", "Don't kick for team damage or idling.", true, NULL },
        { "mp_fadetoblack", "0", "Fade a dying player's screen to black.", true, NULL },
        { "mp_falldamage", "0", "Damage from falling.", true, NULL },
        { "mp_flashlight", "1", "Flashlights may be used.", true, NULL },
        { "mp_footsteps", "1", "Footsteps can be heard.", true, NULL },
        { "mp_forcecamera", "1", "Spectating is limited to the own team.", true, NULL },
        { "mp_forcerespawn", "1", "Dead players come back at once.", true, NULL },
        { "mp_fraglimit", "0", "Kills until the map ends.", true, NULL },
        { "mp_freezetime", "6", "Seconds of standstill when a round starts.", true, NULL },
        { "mp_friendlyfire", "0", "Team mates can be hurt.", true, NULL },
        { "mp_gamemode", "coop", "Mode of the game.", true, NULL },
        { "mp_hostagepenalty", "5", "Hostages to kill before being kicked.", true, NULL },
        { "mp_limitteams", "2", "Difference in size allowed between teams.", true, NULL },
        { "mp_maxrounds", "0", "Rounds until the map changes.", true, NULL },
        { "mp_playerid", "0", "What the name display tells of players.", true, NULL },
        { "mp_roundtime", "5", "Minutes of a round.", true, NULL },
        { "mp_stalemate_enable", "0", "Sudden death when time runs out.", true, NULL },
        { "mp_teamlist", "hgrunt;scientist", "Models of the teams.", true, NULL },
        { "mp_teamplay", "0", "Players form teams.", true, NULL },
        { "mp_timelimit", "0", "Minutes until the map changes.", true, NULL },
        { "mp_tournament", "0", "Tournament rules.", true, NULL },
        { "mp_weaponstay", "0", "Weapons stay when picked up.", true, NULL },
        { "mp_winlimit", "0", "Victories until the map ends.", true, NULL },
        { "nextlevel", "", "Map that comes next.", true, NULL },
        { "rcon_password", "", "Password of the remote console.", false, NULL },
        { "r_AirboatViewDampenDamp", "1", "Damping of the airboat's view.", true, NULL },
        { "r_AirboatViewDampenFreq", "7", "Frequency of the airboat's view.", true, NULL },
        { "r_JeepViewDampenDamp", "1", "Damping of the jeep's view.", true, NULL },
        { "r_JeepViewDampenFreq", "7", "Frequency of the jeep's view.", true, NULL },
        { "clientport", "27005", "Port of the engine as a client.", false, NULL },
        { "standin_changelevel_time", "1", "Seconds a map change leaves queries unanswered.", false,
          NULL },
        { "standin_status", "0", "Form of status: 0, 1 or 2.", false, NULL },
        { "standin_quit_time", "0", "Seconds that ending by a signal takes.", false, NULL },
        { "sv_accelerate", "10", "Acceleration of players.", true, NULL },
        { "sv_airaccelerate", "10", "Acceleration in the air.", true, NULL },
        { "sv_allow_lobby_connect_only", "1", "Only lobbies may fill an empty server.", false,
          NULL },
        { "sv_alltalk", "0", "All players hear each other.", true, NULL },
        { "sv_bounce", "0", "How much things bounce off walls.", true, NULL },
        { "sv_cheats", "0", "Cheats may be used.", true, NULL },
        { "sv_consistency", "1", "Players' files must match the server's.", true, NULL },
        { "sv_contact", "", "Mail address of the admin.", true, NULL },
        { "sv_footsteps", "1", "Play footsteps of players.", true, NULL },
        { "sv_friction", "4", "Friction of the ground.", true, NULL },
        { "sv_gametypes", "", "Modes this server accepts.", false, NULL },
        { "sv_gravity", "800", "Gravity of the world.", true, NULL },
        { "sv_lan", "0", "Server of a local network, without Steam.", false, NULL },
        { "sv_logecho", "1", "Log lines go to the console too.", false, NULL },
        { "sv_logfile", "1", "Log lines go to a file.", false, NULL },
        { "sv_maxspeed", "320", "Highest speed of players.", true, NULL },
        { "sv_minrate", "5000", "Lowest rate of players.", false, NULL },
        { "sv_maxrate", "0", "Highest rate of players.", false, NULL },
        { "sv_noclipaccelerate", "5", "Acceleration through walls.", true, NULL },
        { "sv_noclipspeed", "5", "Speed through walls.", true, NULL },
        { "sv_password", "", "Password that players need.", false, NULL },
        { "sv_pausable", "0", "The game can be paused.", true, NULL },
        { "sv_rcon_banpenalty", "0", "Minutes of a ban for rcon failures, 0 is for ever.", false,
          NULL },
        { "sv_rcon_log", "1", "Log rcon commands.", false, NULL },
        { "sv_rcon_minfailures", "5", "Failures within the time that lead to a ban.", false, NULL },
        { "sv_rcon_minfailuretime", "30", "Seconds over which failures are counted.", false, NULL },
        { "sv_region", "255", "Region of the world.", false, NULL },
        { "sv_rollangle", "0", "Angle of the view's roll.", true, NULL },
        { "sv_rollspeed", "200", "Speed of the view's roll.", true, NULL },
        { "sv_specaccelerate", "5", "Acceleration of spectators.", true, NULL },
        { "sv_specnoclip", "1", "Spectators go through walls.", true, NULL },
        { "sv_specspeed", "3", "Speed of spectators.", true, NULL },
        { "sv_steamgroup", "", "Steam groups of this server.", true, NULL },
        { "sv_steamgroup_exclusive", "0", "Only members may join an empty server.", false, NULL },
        { "sv_stepsize", "18", "Height of a step.", true, NULL },
        { "sv_stopspeed", "75", "Speed at which friction ends movement.", true, NULL },
        { "sv_tags", "", "Keywords for the server browser.", true, NULL },
        { "sv_voiceenable", "1", "Players may speak.", true, NULL },
        { "sv_wateraccelerate", "10", "Acceleration in water.", true, NULL },
        { "sv_waterfriction", "1", "Friction of water.", true, NULL },
        { "survivor_allow_crawling", "0", "Incapacitated survivors may crawl.", true, NULL },
        { "survivor_burn_factor_easy", "0.2", "Share of fire damage, easy.", true, NULL },
        { "survivor_burn_factor_expert", "1", "Share of fire damage, expert.", true, NULL },
        { "survivor_burn_factor_hard", "0.4", "Share of fire damage, hard.", true, NULL },
        { "survivor_burn_factor_normal", "0.2", "Share of fire damage, normal.", true, NULL },
        { "survivor_crawl_speed", "15", "Speed of crawling.", true, NULL },
        { "survivor_friendly_fire_factor_easy", "0", "Share of friendly fire, easy.", true, NULL },
        { "survivor_friendly_fire_factor_expert", "0.5", "Share of friendly fire, expert.", true,
          NULL },
        { "survivor_friendly_fire_factor_hard", "0.3", "Share of friendly fire, hard.", true,
          NULL },
        { "survivor_friendly_fire_factor_normal", "0.1", "Share of friendly fire, normal.", true,
          NULL },
        { "survivor_limp_health", "40", "Health below which survivors limp.", true, NULL },
        { "survivor_max_incapacitated_count", "2", "Falls until the next is the last.", true,
          NULL },
        { "tf_allow_player_use", "0", "Players may use things.", true, NULL },
        { "tv_autorecord", "0", "Record each map.", false, NULL },
        { "tv_enable", "0", "Run SourceTV.", true, NULL },
        { "tv_port", "27020", "Port of SourceTV.", false, NULL },
        { "z_difficulty", "Normal", "Difficulty of the campaign.", true, NULL },
};

const size_t n_cvars = sizeof(cvar_table) / sizeof(cvar_table[0]);

Cvar *cvar_find(const char *name) {
        for (size_t i = 0; i < n_cvars; i++)
                if (strcasecmp(cvar_table[i].name, name) == 0)
                        return cvar_table + i;

        return NULL;
}

const char *cvar_value(const Cvar *c) {
        return c->value ? c->value : c->initial;
}

void cvar_set(Cvar *c, const char *value) {
        char *copy = strdup(value);

        if (!copy)
                abort();

        free(c->value);
        c->value = copy;
}

const char *cvar_string(const char *name) {
        Cvar *c = cvar_find(name);

        assert(c);
        return cvar_value(c);
}

uint32_t cvar_number(const char *name) {
        return (uint32_t) strtoul(cvar_string(name), NULL, 10);
}
