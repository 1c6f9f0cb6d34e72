/** Calls in Chromium over networks that let little through. */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { launchChromium } from '../support/browser.ts'
import { type ThreeHosts, threeHosts } from '../support/three-hosts.ts'
import { callBy, callDirectly, ways } from '../support/ways.ts'

let hosts: ThreeHosts

beforeAll(async () => {
  hosts = await threeHosts({ ada: launchChromium, bob: launchChromium })
})

afterAll(() => hosts[Symbol.asyncDispose]())

test('two who reach each other call directly', () => callDirectly(hosts))

describe('two who reach nobody but the server see and hear each other through it', () => {
  test.each(Object.entries(ways))('%s', (_name, way) => callBy(hosts, way))
})
