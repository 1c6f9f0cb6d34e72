// @ts-check
/**
 * Imported first by every script that may be a newcomer's first: an old Node gets a plain sentence
 * instead of a syntax error. It and its importers therefore load on old versions too.
 */

/** Whether a version satisfies `engines` of package.json. */
export const isSupported = (/** @type {string} */ version) => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major >= 24 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)
}

if (!isSupported(process.versions.node)) {
  console.error(`Patchcord needs Node 20.19, 22.12, 24 or later; this is ${process.versions.node}.`)
  process.exit(1)
}
