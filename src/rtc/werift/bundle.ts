/**
 * Descriptions as werift takes them: it bundles all media, and then goes by the way of whichever section it reads last.
 * A side that offers a way for each section, should nobody bundle, means that of the first. RFC 9143, section 7.3.
 */

/** Lines about the way, rather than about what travels on it. */
const ofWay = /^a=(?:ice-ufrag|ice-pwd|ice-options|candidate|end-of-candidates|fingerprint|setup)(?::|$)/

const linesOf = (section: string): readonly string[] => section.split('\r\n')

const valueOf = (section: string, name: string): string | undefined =>
  linesOf(section)
    .find((line) => line.startsWith(`a=${name}:`))
    ?.slice(name.length + 3)
    .trim()

const onWayOf = (first: string, section: string): string => {
  const [media = '', ...lines] = linesOf(section).filter((line) => !ofWay.test(line))
  return [media, ...lines.slice(0, -1), ...linesOf(first).filter((line) => ofWay.test(line)), ''].join('\r\n')
}

/** Gives each section of the bundle the way of its first one. */
export const overOneWay = (sdp: string): string => {
  const [session = '', ...sections] = sdp.split(/^(?=m=)/m)
  const [tag, ...mids] = /^a=group:BUNDLE ([^\r\n]+)/m.exec(session)?.[1]?.trim().split(/ +/) ?? []
  const first = sections.find((section) => valueOf(section, 'mid') === tag)
  const ufrag = first && valueOf(first, 'ice-ufrag')
  if (first === undefined || ufrag === undefined) return sdp
  const isElsewhere = (section: string): boolean => {
    const [mid, other] = [valueOf(section, 'mid'), valueOf(section, 'ice-ufrag')]
    return mid !== undefined && mids.includes(mid) && other !== undefined && other !== ufrag
  }
  return [
    session,
    ...sections.map((section) => (isElsewhere(section) ? onWayOf(first, section) : section))
  ].join('')
}
