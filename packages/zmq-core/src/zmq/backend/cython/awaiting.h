/* Fast slots of the operation type: what `await` calls, without an exception where there is none.
 *
 * Cython's __next__ ends by raising StopIteration, which makes an exception and a traceback for every
 * message.  With the full C API the slots can be set after the type was made; under the stable ABI
 * they cannot, and Cython's stay: slower, the same otherwise.
 */
#ifndef ZMQ_AWAITING_H
#define ZMQ_AWAITING_H
#include <Python.h>

/* One step of the iteration: a new reference, and whether it is yielded (1) or the result (0). */
typedef PyObject *(*zmq_step)(PyObject *self, int *yields);

#ifdef Py_LIMITED_API
static inline void zmq_fast_await(PyObject *type, zmq_step step) { (void)type, (void)step; }
#else
static zmq_step zmq_await_step;

static PyObject *zmq_await_next(PyObject *self) {
    int yields = 0;
    PyObject *value = zmq_await_step(self, &yields);
    if (value == NULL || yields)
        return value;
    if (PyTuple_Check(value) || PyExceptionInstance_Check(value)) {
        PyObject *stop = PyObject_CallFunctionObjArgs(PyExc_StopIteration, value, NULL);
        if (stop != NULL) {
            PyErr_SetObject(PyExc_StopIteration, stop);
            Py_DECREF(stop);
        }
    } else if (value != Py_None) {
        PyErr_SetObject(PyExc_StopIteration, value);
    } /* else: no exception at all means StopIteration() */
    Py_DECREF(value);
    return NULL;
}

#if PY_VERSION_HEX >= 0x030A0000
static PySendResult zmq_await_send(PyObject *self, PyObject *sent, PyObject **result) {
    int yields = 0;
    (void)sent;
    *result = zmq_await_step(self, &yields);
    if (*result == NULL)
        return PYGEN_ERROR;
    return yields ? PYGEN_NEXT : PYGEN_RETURN;
}
#endif

static inline void zmq_fast_await(PyObject *type, zmq_step step) {
    PyTypeObject *t = (PyTypeObject *)type;
    zmq_await_step = step;
    t->tp_iternext = zmq_await_next;
#if PY_VERSION_HEX >= 0x030A0000
    t->tp_as_async->am_send = zmq_await_send;
#endif
    PyType_Modified(t);
}
#endif
#endif
