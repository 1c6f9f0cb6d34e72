/**
 * What pairs with media send: two seconds of a moving test picture, 64 by 48 pixels, VP8 at 15 a second and begun by a key
 * frame, and 20 ms of a tone in Opus, both as FFmpeg has encoded them. They can be decoded, and are repeated.
 */
import type { EncodedFrame } from '../../media/frame.ts'

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'))

const pictures: readonly Uint8Array[] = [
  'kCUAnQEqQAAwADkFAAEcJAwsLEQsJEAQABOt0SZT8B/Dr9l/818hNCfj33Q/ZL+15cDwT/Ov4p+un9a9wP9J/E3sAf75/Kf8B+J/AB/i' +
    'X8a/ln8r91P+A/z7/JdgD/K/4p6qP8U6wH+X/0b0GP6//gPv//AX9T/8J/q/gN/m/8n+9L9/+UB7Cv+A/hn3xf2LoQeuPqXuAv5L+Ffh' +
    'IeYfhj+Tnvv/L/w5/IDjA/w78hPy1y4fdAfwB9wH+oflH6oH9V5Ab+A/1X+T/sp7K37l/Pf5t/nf6j7cfgH+4flX9A38h/jf9G/nH9q/' +
    'yv9G////R+yvqWP0f9r72IVfSoGl+lDnQyYp7ogwMc+Kpb6eXuRH2hrIem/+d5WRMLWgIybnZCSKjj9E/Ieg3oUPAoATe1ahwNL8AP70' +
    'teBs3eMWf6MJyd8uRsu6C08d4kqkE+p72P2ICYyq0yiXsbVWwpwsYXsBE5Jv+m+zhlPLH1+HfS7Y23DHiXhfbcpZ3oC8Mqq6rp/++Xv5' +
    'OfwnN7nc7ktYTc3U15ykSTtn2C21/YmYrwVIOqecX5I4JxkPC2TrDFsTfjZB61E69+L/+mAVYS82g1Ri6UV4bjvOOEodQj4TQGePtX6D' +
    's/8/pD9vRZMNNv2TAyDVT56L4d//ZQtIerXM73p6sOi87mGshFjgYpauerzplATp/mgsALjwihh8yBuOf+a2N0nFQyIMX+xBnpAf2rjM' +
    'nK6atvfUmXsFjIDt9YqPWAiqCkyDo6/+az8pWiSxJ4naIM064miXxMidBc9OSqNHiWgFcsXBj273H7NykXQk+9DYx3vUAgr20L3etw6b' +
    'WtdBbUAD1r7j7/+9/AiMRTFwc0XfhZZvFO7R761IZ6Pqn5pAO7P16/t8mIiCLTCpsCW6qZGSMpkaSuCn/97PFP/8zjS2gmDVagChwTDx' +
    'WFRrQSUjMkFUP7NGIqc2lzHd7/pHxMQjuxP+FyXxG5vABmWzsHFoY2FSVlwiWLit/ulBOuvG44DqUiWcItUBtd1sZ2GN4oWqydnjtmwb' +
    'x/ZUh/OR7zM3lACasm1TZfcObvXgIZL2lGD6171p/PwiTT1b/ah8JAwn8umLxwnxMkVEzq1/E7OvEyOqH153l//kU+K9oBBszfDdM/bC' +
    'jEDpBbcPpE0pTI4XNRxHi3ZnLiSvuPYmNBksHeuXst9Y/+PIf/+wtOlRRiuXqXj0wCE2ki6fSb/7xxwoVWrMo1DjTa6283cBjvOGu7H7' +
    'A9bm7nu9Ae8lqstj6d1KGYEgT//nbuLdvJiEj4ztqXRRuxn5r3vBRZ1dpNqiTa0bUKMCiEiQx/fuNPSx2cCBoOLk8ZsLXa4l0zoyiIIl' +
    'NxtTCA4ZnbVat//dMxUGdAcLzqQItuf/zdchEPE4oFY5dH6upQu5vusKrMl5tjuvUBs0Ctff/bl0drDWp85vASeH9BMP/9hJd8yzonuI' +
    'Q5R/qNnlTh+eQcWNTtAvj3kBvAOddxURdDILumTzIF+VODEIt6C99jj4iEkIwSrev5xA2IczKw7upqUxem7mNpL3qKBeJtMvIHctXYY8' +
    'udABFslSKpY5hfPj907OxTaPjAkXVWTLfDSAUyab+PGlQBDJsGeeXdZKa5FJQk/D2pKmetpDq3Lxwbu0ESwD3HKVXkFpKkGgnmOLdQSw' +
    'gNAuu57HBdzaOx1qPj1tBuj/+aDBo/GJgVQmyPBZnVSc2GYm2w68BeaC0KEAAv2w5Ruhiwyjk9uIlJXnHjL9G30Rcaz6aT8M3E78Ws6P' +
    'EFwFJjhDb3dQLzo1UcGGY6RPLHCIYKAR76KkbgGiDoCbRFpXMfFZNjPNGsZ44FdgHWkFAm6gzB0eNQzCw0OfhoIVhKI3U8tXigltE9KK' +
    'ZIOpEY5Mycl9upe4rPCCTWUtsojfrZAYWWvgL7kfk2AEajYN5Jfwn+gLltgbjKOG9c105El5Q2ycHtyG983BgSQ71mS5ydctE7+gl8LO' +
    'aOwoNJgrsXtYjXrY7NeMSY05WCkNm9TkIWk3HCCgZp6f70y3s8OuvARDIHE2Znr4Zoh1OpXqa44bK4AA',
  'kQMA45s4AG+vEE9Pro8v3j+AH9UQrKgP/AAIrGeZcMwjhoxnGsVLWRNyECA=',
  'sQUA40vYEE+vEE9Pro8v3j+AH+dTyA7oDwAP6zeib+qvwH/s96IAejDWX5EZ0L0A/mg/8B8rnQRXdjOo1Un3ajz//+3Y/++N/7439oHm' +
    'eHRK47W1KkYTDy+8fEf+9B/w49oIzzxIzo1Z6/+7eW1kcfXAmxOjDFOkyPP/vbX/nv/89/8ma+cSZfM39z2QUtKqOMf2yeMP8g88Nv4Y' +
    'sTjZ7STsfGEgTAA=',
  'MQMA40vYEE+vEE9Pro8v3j+AH8Bo4L/QAAq40L8F5AA=',
  '8QQA40vYEE+vEE9Pro8v3j+AH+dW8QYA8AD+gPWFftH6L4ejDfyAD5ni4L0caPuOcX5Y7/oxf/mIidlw0yQHzc373kHDr7UcYwwqR/rQ' +
    'zkXH7WMXLZEZrv6b6mv/vX/plB3a4r4GiXy4vzXu0XRLm9UYjvRSQkDhQA==',
  'MQMA40vYEE+vEE9Pro8v3j+AH8Bo4L/QAAq40JAAI/+EAA==',
  'kQQA40vYEE+vEE9Pro8v3j+AH+dUKAzgD+yP7Z+yyHow38gADumws+KTB9+ip/VQH8wH98EhQX+Pgj/qzF0Y5vnUc3tMWsZoK9NJn2zg' +
    '0+SSPF4ObT8MZCJRV3e0rqaBvQd7uK4eZMGNjRx3Pu8eoz+0gA==',
  '0QMA40vYEE+vEE9Pro8v3j+AH+dSBAfKSD0Yb+QAbd2AQBV+Ajp2XyxfsYHlb8W365jQ3rhyy+fH9M6v8yp2oQAv+ISY7caozq6aoTw7' +
    'Z1A=',
  'cQQA40vYEE+vEE9Pro8v3j+AH+dSKjPYc/ZL9VQ6Y+ZmyvAT4AA0AkPDgDlYNF+B3OdqTwrGhVfkD/y9q/b394Dd8vysSmCK6CAV4vPf' +
    '6/32fkBCtWbKZIP87Dm11YbK/1f0qUR3S5jg',
  'cQUA40vYEE+vEE9Pro8v3j+AH+7D2AeAB8lX+q+4f+xnpVh6MN/IAKpUx0E37Ak6X1P/icTzumPoVmdG2Ryo+gz8nlUfr2rcphg4jhPM' +
    'Ar/PuB8Le2vMTbHqTSa5AA==',
  'UQQA40vYEE+vEE9Pro8v3j+AH8exz+s3sV/2YQuBmZsvRkN0lhRKodpr3Hj00FCI/+Rb+Tv+RR+/3/PLl00Rc/4lYMb/D0x7ctkCZ0fg' +
    '4NwMj7Gf8TH/bxZOE8Wf+Dz3ZVP/pAc8vddKwvNOSAA=',
  '8QQA40vYEE+vEE9Pro8v3j+AH8hAH9ZusB/Zf0jRLGG/kAB8sFVUkaLWnDYP8PA368HfE0h+PLfsHypM+A1Y+k3FNeJDPEfDkDCOp9bP' +
    'pft2p/SP/ON/hzj7nciNLUZ3G+qehtcztCc/T1OeXN31eA4CFePbf8F4kSTXb9ATcdmgfiFmPeJWJFDQAA==',
  'MQYA40vYEE+vEE9Pro8v3j+AH8owHrAfQB/UD0ev7p7gP7V+iqJYwzS+SylUGNLaRh0agBHPCHKunu/pbfJiIOgQDMCKauYAxKrHzO7A' +
    'YhsrWFS3+bCRN1UgKPqJHef/7tf7/xx+DwO7YSle//8uTSHNPa4SSaLtqZNf4QWRf/i4aCw4yV0rqE48b5i3BcJn3sXyxdoA',
  'MQMA40vYEE+vEE9Pro8v3j+AH8BhYL/QAJEaAAA=',
  'MQYA40vYEE+vEE9Pro8v3j+AH8jQH2Af0B9G72Aftm9kISxhrL8mJeU/Ac35Cu1P6qgIAAcJDaa+McL0l/v0tXldw7t3nUV29effXkb8' +
    'tZuuNW1oNDObQLT4wszv4VV//Fy6E9hUX3IgN7CThknVyDCUT/y4J35jO3lbzEujT60uP/kTxvOvck0fXeJ3t/t2Ar3dl6UIAxO7rm8/' +
    '8i7dL4P4xG7IAA==',
  '8QQA40vYIC+vEE9Pro8v3j+AH8doD5C5GAP9LfI7VyoAabjEph+KbSK43c1fP/Zv/6+Vbz380X/9/68BG6uCX/op8UJOzORXpT/8xnls' +
    '+wFhdHT6c9KfLtT+2BInkEl/7K/+tP/1crXKMyQrtDW/1sPU/TQ3a9LvmR//tqT66D/Z/NBVt17lT/gg',
  'UQYA40vYIC+vEE9Pro8v3j+AH92AbceFArQH+A5QD+gPWA+SSZwCy6DX/3MbxqpxpdbB3gAHC7TWMsWK7p2+fUuu45v83DxgC7v/AggY' +
    'r+Zt5BblufCnAwZDopKH2uHy2BE5tM7f+OZa+bhi4KbwDZaTXGFj/y9OEUObvGjO6D5KldYDPKwA',
  'cQMA40vYIC+vEE9Pro8v3j+AH8CIwKf/oDBLdKwwlAAjxedYDrsFajV4AA==',
  'cQUA40vYIC+vEE9Pro8v3j+AH+dTyA/0CpAfKAEGwZpfJVgBMHQi0PNJ7+jM4P7VF8vH5Xb/THWRl/9fvmsdEe1xlj2ePBf5v/17/yqo' +
    '9+v/mAv+cg1buVft00JwcZB4uMD/fflqEP2AftjdGoMZAKHEHtVqLTRV2SAAAD1hskA=',
  'cQMA40vYIC+vEE9Pro8v3j+AH8B5AK/foxtOicCAjAAEXLsm2O+A',
  'kQYA40vYIC+vEE9Pro8v3j+AH9TCyAHgAfJQ9gH9bv1u9oASxhh/8peutUe8IE7ycQw9i+GlgAWP//kV/9AP9Of/Xer/04f0Hz8is/tn' +
    '8MN23K+OF7x2dcajXP/1XBvi16SWd/kFqLbkM8plf/48f/IroTarXPvXmOwDP1/iL+355SwLxWOiwQjq6Dh1QAA=',
  'MQMA40vYIC+vEE9Pro8v3j+AH8Bo4L/QAXfByJkCAA==',
  '0QUA40vYIC+vEE9Pro8v3j+AH+dW8RcA2M17AP63frd7JYg2DWX5K8crsn5k1AgT4AWNTA5rwnHPAHSASiRovcPzudT2uFo0ylDWXMxb' +
    'VLR91kv4/Rw3jvyGJd1XY5sbFrwjYw+Xt3mrcL6YuyQAAd0iAA==',
  'UQQA40vYIC+vEE9Pro8v3j+AMsixh+QD5OQejDfyAG4zvY47AP5n2rvx3nfWcLLAB//0/n+YAB/+Q5f5xeyYAAAAA//nVP8dSEOH8iWP' +
    'xSFSPHdXvO6t51/g/bLxO/XOj9qK+MYRTsZ5j3/hV0zOAA==',
  'kQUA40vYIC+vEE9Pro8v3j+AH+dWIB/AGtAckB/UAN0tXBVGQVmnO8E2Q4imSgAc5m2VPAAf//odNa1f//0w4yaUQJrmrouQbT6xFx+q' +
    'AgAAD1hskA==',
  '0QMA40vYIC+vEE9Pro8v3j+AH+dPKVND8t1XzqelfWeAAConAAAAP22AAAB7JqYA',
  'kQQA40vYIC+vEE9Pro8v3j+AH+dSBN/JJEaAay/J58yfIZRgZHWAAAAAAAAFKRYhgAAA9YbKP9k+0H/J3H/37W64tel/fNv6vT/IqTP3' +
    '6oXhgLJf3yeUMJ/kIAA=',
  'sQQA40vYEE+vEE9Pro8v3j+AIAEA/gDj+l6TghK78V5ZyuoQM09wkAClDHvm7LqLqLPGN//XQf/Px/+tIL1f/1dpJ6Jf/2Wj/+waIv+3' +
    '+gXID7soAA==',
  'MQMA40vYEE+vEE9Pro8v3j+AH8BhYL/QAJEaAAA=',
  'cQQA40vYIC+vEE9Pro8v3j+AH/FIBEhBAGOHzb9gLMIr3V95ragOCXchVPBtr3n8nf/+Ok//+BY2//b8H27f+uk/zqc//O/5//Pf/8v9' +
    '8MP71+Zk/bqOfs+T8F+lAxA/ffbyAXI4aG5K9cRl0AAA'
].map(bytesOf)

const tone = bytesOf('uK1twajF9MMgvBveNAsNR4osZ0Z+7vlL9I7fJDeU+XOQo5mG4D/AKQWz2rn1YTt0Yx/3r1X1nysQnheu')

/** In a second. */
export const soundRate = 50
export const pictureRate = 15

/** The so-manieth since the beginning of the track, `at` of those since the last key frame. */
export const picture = (number: number, at: number): EncodedFrame => ({
  data: pictures[at % pictures.length] ?? tone,
  time: number / pictureRate,
  isKey: at % pictures.length === 0
})

export const sound = (number: number): EncodedFrame => ({ data: tone, time: number / soundRate, isKey: true })
