import { expect, test } from 'vitest'
import { greeting } from './greeting.ts'

const url = 'http://localhost:8888'
const anywhere = { host: '', tlsCert: '' }

test('without TLS, how to get it is said in one line', () => {
  expect(greeting({ url, elsewhere: null }, anywhere).split('\n')).toEqual([
    'Patchcord is ready: open http://localhost:8888',
    expect.stringContaining('--tls auto'),
    ''
  ])
})

test.each(['127.0.0.1', '::1', 'localhost'])(
  'where no other device gets to, on %s, none is spoken of',
  (host) => {
    const said = 'Patchcord is ready: open http://localhost:8888\n'
    expect(greeting({ url, elsewhere: null }, { ...anywhere, host })).toBe(said)
    expect(greeting({ url, elsewhere: [] }, { ...anywhere, host })).toBe(said)
  }
)

test('with a certificate of its own, it is said where to open it and what to tap', () => {
  const said = greeting({ url, elsewhere: ['https://192.168.1.5:8888', 'https://10.0.0.5:8888'] }, anywhere)
  expect(said).toContain('open https://192.168.1.5:8888 or https://10.0.0.5:8888\n')
  expect(said).toMatch(/“Advanced”.*“Proceed”.*“visit this website”/)
})

test('with a given certificate, nobody has to tap anything', () => {
  const said = greeting({ url, elsewhere: ['https://calls.example'] }, { host: '', tlsCert: 'cert.pem' })
  expect(said).toContain('open https://calls.example\n')
  expect(said).not.toContain('Advanced')
})

test('of many addresses the first are enough', () => {
  const elsewhere = Array.from({ length: 9 }, (_, index) => `https://10.0.0.${index}`)
  expect(greeting({ url, elsewhere }, anywhere).match(/https:/g)).toHaveLength(4)
})
