/** What `patchcord call --help` prints. */
export const helpText = `patchcord call [PEER] [options]

Signs in to a server, shows who is there, calls and is called, with picture and sound.
PEER is whom to call, by name.
`
