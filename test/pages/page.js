/**
 * What the pages have in common: elements by their ids, the log, the chat and the camera. Their
 * protocols share nothing, so that each can be read on its own.
 */

export const element = (id) => document.getElementById(id)

/** Newest on top; an SDP is long, so a line is cut. */
export const log = (line) => {
  const item = document.createElement('li')
  item.textContent = line.slice(0, 300)
  element('log').prepend(item)
}

/** One button for each peer, in the order given. */
export const showPeers = (buttons) =>
  element('peers').replaceChildren(
    ...buttons.map(({ name, call }) => {
      const button = document.createElement('button')
      button.textContent = name
      button.addEventListener('click', call)
      const item = document.createElement('li')
      item.append(button)
      return item
    })
  )

export const showChat = (line) => {
  const item = document.createElement('li')
  item.textContent = line
  element('messages').append(item)
}

export const onChat = (say) =>
  element('chat').addEventListener('submit', (event) => {
    event.preventDefault()
    say(element('text').value)
    element('text').value = ''
  })

export const openCamera = async () => {
  const camera = await navigator.mediaDevices.getUserMedia({ audio: true, video: true })
  element('local').srcObject = camera
  return camera
}

/** The samples report an error to the console and go on, and so do these pages. */
addEventListener('unhandledrejection', ({ reason }) => log(`error: ${reason}`))
