/**
 * The picture of a call that is not one yet, or no longer: two faces, and a cord between their jacks
 * that is reaching over, plugged in, or pulled out.
 */
import type { ComponentChildren, JSX } from 'preact'

export type PatchState = 'reaching' | 'ringing' | 'offered' | 'connecting' | 'over'

/** Cords and loose plugs in a box of 360 by 130, its upper edge at the lower edge of both faces. */
const drawings: Readonly<
  Record<PatchState, { cord: string; left: [number, number]; right: [number, number] }>
> = {
  reaching: { cord: 'M58 18C58 132 292 150 292 50', left: [58, 0], right: [292, 32] },
  ringing: { cord: 'M58 18C58 140 302 140 302 18', left: [58, 0], right: [302, 0] },
  offered: { cord: 'M68 50C68 150 302 132 302 18', left: [68, 32], right: [302, 0] },
  connecting: { cord: 'M58 18C58 140 302 140 302 18', left: [58, 0], right: [302, 0] },
  over: { cord: 'M58 18C58 96 74 122 118 122S182 118 214 118', left: [58, 0], right: [0, 0] }
}

interface PatchProps {
  readonly state: PatchState
  readonly left: ComponentChildren
  readonly right: ComponentChildren
}

export const Patch = ({ state, left, right }: PatchProps): JSX.Element => {
  const { cord, left: near, right: far } = drawings[state]
  return (
    <div class="patch" data-state={state}>
      <div class="patch-face">{left}</div>
      <div class="patch-face">{right}</div>
      <svg class="patch-cord" viewBox="0 0 360 130" aria-hidden="true" focusable="false">
        <path class="cord" d={cord} />
        {state !== 'over' && <path class="cord-signal" d={cord} pathLength={100} />}
        <Plug at={near} />
        {state === 'over' ? <LyingPlug /> : <Plug at={far} />}
      </svg>
    </div>
  )
}

const Plug = ({ at: [x, y] }: { readonly at: readonly [number, number] }): JSX.Element => (
  <g class="plug" transform={`translate(${x} ${y})`}>
    <rect class="plug-tip" x="-3" y="-8" width="6" height="10" rx="2" />
    <rect class="plug-body" x="-8" y="0" width="16" height="24" rx="5" />
  </g>
)

const LyingPlug = (): JSX.Element => (
  <g class="plug" transform="translate(236 118) rotate(90)">
    <rect class="plug-tip" x="-3" y="-8" width="6" height="10" rx="2" />
    <rect class="plug-body" x="-8" y="0" width="16" height="24" rx="5" />
  </g>
)
