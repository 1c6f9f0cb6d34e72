/** Values that tests compare: each body is the text that it stands for. */
const withTexts = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'function'
    ? value.text()
    : value

export const plainJson = (value: unknown): string => JSON.stringify(value, withTexts)

export const plain = (value: unknown): unknown => JSON.parse(plainJson(value))
